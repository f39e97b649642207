domain {
}

# want: 1:1 domain is an attribute, not a block | Write domain = ...
