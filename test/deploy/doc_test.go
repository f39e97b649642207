// Package deploy holds what deploy/ promises to the code: metrics that dashboards and
// alerts name, the unit of systemd, the example of the container.
package deploy
