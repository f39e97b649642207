// Package attack attacks a running gateway over real sockets and looks whether
// it serves on: OPTIONS is answered meanwhile, the calls under way sound as
// before, the process lives, and its memory comes back.
//
// A house is one gateway; its phones are user agents of test/fakeua on sockets
// of 127.0.0.x, each x another host to the gateway. A talk is a live call between
// two of them whose every packet is numbered. A stranger is a socket that
// belongs to nobody's call. Limits: Linux, where all of 127.0.0.0/8 is loopback.
package attack
