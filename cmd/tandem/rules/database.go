package rules

import (
	"path/filepath"

	"github.com/tandemgw/tandem/config"
)

// DatabaseURL is where a file has its database.
func DatabaseURL(file *config.File, state string) string {
	if file.Store.URL != "" {
		return string(file.Store.URL)
	}
	return filepath.Join(state, "tandem.db")
}
