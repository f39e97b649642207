package admin

import "time"

// What a reload has come to.
const (
	ReloadDone    = "reloaded"
	ReloadNothing = "unchanged"
	ReloadRefused = "refused"
)

// Reload is what became of a reload.
type Reload struct {
	// Outcome is "reloaded", "unchanged" (the file says what runs already) or
	// "refused": then nothing was changed.
	Outcome string `json:"outcome"`
	// Reason is why it was refused.
	Reason string    `json:"reason,omitempty"`
	By     string    `json:"by"` // who wanted it: "tandem reload", "SIGHUP" or "watch"
	At     time.Time `json:"at"`
	TookMS float64   `json:"tookMs"`
	// Changes are what differs from what ran before; of a reload that was refused,
	// what would have been changed.
	Changes []ReloadChange `json:"changes"`
	// Restart are the keys that a running gateway does not change.
	Restart []string `json:"restart,omitempty"`
	// Problems are what `tandem check` says of the file.
	Problems []Problem `json:"problems,omitempty"`
}

// ReloadChange is one thing that differs.
type ReloadChange struct {
	Part string `json:"part"` // of the file: "users", "trunks", "dialplan"
	Text string `json:"text"` // "user 203 added"
}

// Problem is one thing that is wrong, or odd, in a file.
type Problem struct {
	Warning bool   `json:"warning,omitempty"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
	Text    string `json:"text"` // all of it with the excerpt, as people see it
}
