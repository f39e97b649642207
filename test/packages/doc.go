// Package packages tests what a release is: the package for Debian is installed on a
// machine with a real systemd, which runs the gateway, reloads it, finds that it hangs
// and lets its calls end; then it is upgraded, removed and purged, and nothing is left.
// The package for Red Hat is read by rpm.
//
// The machine is a namespace of this one: its files are an overlay over ours, which
// ends with the test, and its network is its own. It takes root.
package packages
