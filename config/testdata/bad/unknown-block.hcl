domain = "pbx.example.com"
trnk "alpha" {
}

# want: 2:1 there is no block "trnk" | Did you mean "trunk"?
