package media

import "strings"

// Digit is one event of RFC 4733 §3.2, written as the character on the key:
// '0' to '9', '*', '#', 'A' to 'D', or Flash.
type Digit byte

// Flash is a hook flash, event 16.
const Flash Digit = '!'

const digitCharacters = "0123456789*#ABCD!"

// ParseDigit reads a digit from text: one character of a key in either case,
// "!" or "flash", or an event number of two figures as some SIP INFO bodies
// write it ("10" is '*', "11" is '#', "16" is Flash).
func ParseDigit(s string) (Digit, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	switch {
	case s == "FLASH":
		return Flash, true
	case len(s) == 1:
		d := Digit(s[0])
		return d, d.Valid()
	case len(s) == 2 && s[0] == '1' && s[1] >= '0' && s[1] <= '6':
		return digitOf(10 + s[1] - '0')
	}
	return 0, false
}

// Valid reports whether d is one of the seventeen digits.
func (d Digit) Valid() bool { return strings.IndexByte(digitCharacters, byte(d)) >= 0 }

// String returns the character, e.g. "#"; Flash is "!".
func (d Digit) String() string {
	if !d.Valid() {
		return "?"
	}
	return string(rune(d))
}

// event returns the event code of RFC 4733 §3.2, table 3.
func (d Digit) event() uint8 { return uint8(strings.IndexByte(digitCharacters, byte(d))) }

// digitOf returns the digit of an event code; false above 16.
func digitOf(event uint8) (Digit, bool) {
	if int(event) >= len(digitCharacters) {
		return 0, false
	}
	return Digit(digitCharacters[event]), true
}
