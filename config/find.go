package config

import "errors"

// ErrNoFile says that there is no configuration at any of the usual places.
var ErrNoFile = errors.New("no configuration: not in $TANDEM_CONFIG, ./tandem.hcl or /etc/tandem/tandem.hcl")

// Find gives the path of the configuration: what -c says, else $TANDEM_CONFIG, else the first of ./tandem.hcl and
// /etc/tandem/tandem.hcl that exists. What was asked for by name is given back even when it does not exist, since
// falling back to another file would be a surprise. The error is ErrNoFile.
func Find(flag string, getenv func(string) string, exists func(path string) bool) (string, error) {
	if flag != "" {
		return flag, nil
	}
	if path := getenv("TANDEM_CONFIG"); path != "" {
		return path, nil
	}
	for _, path := range []string{"tandem.hcl", "/etc/tandem/tandem.hcl"} {
		if exists(path) {
			return path, nil
		}
	}
	return "", ErrNoFile
}
