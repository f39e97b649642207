// Package config reads the file, or the folder of files, that describes a gateway: HCL 2, strict, with every error at
// once.
//
// The nouns: a File is the whole of a configuration as a plain value, with the compiled dialplan in it. A Diagnostic is
// one thing that is wrong, or odd, at one place: file, line, column, a sentence, the source with a caret below it, and a
// suggestion. Diagnostics is all of them, errors first of all but in the order of the files.
//
// Load reads and checks and does nothing else: no socket is opened, nothing is resolved or created, and nothing is kept,
// so that a running gateway can load a new File, compare it with the one it has (File.Changed) and then decide. The
// package has no goroutine. Only here does tandem read its environment, through env("X") in the file.
//
// Limits: MaxFileSize octets a file, MaxFiles files of MaxTotalSize together, expressions nested at most maxNesting deep;
// secrets that file("path") reads have at most maxSecretSize octets.
package config
