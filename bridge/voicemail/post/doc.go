// Package post sends the mail of voicemail by SMTP (RFC 5321), one mail on one
// connection. It has no goroutine and no queue: who sends waits, tries again and
// gives up (package voicemail does).
//
// What comes from callers, their names and numbers, is text of one line before it
// gets into a header field.
package post
