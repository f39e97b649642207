// Package sdp reads and writes session descriptions and does offer/answer, as
// pure functions without I/O, clocks or goroutines.
//
// The nouns are those of the RFCs:
//
//   - Description is a session description as it was parsed (RFC 8866). Parse
//     is tolerant: it rejects only what cannot be represented.
//   - Local is what one of our legs can do and where it is reached. The caller
//     writes it afresh for every offer and answer; nothing of the other leg of
//     the call is in it.
//   - Remote is what the far description says about the audio stream we use.
//   - Stream is the result of an offer and its answer (RFC 3264).
//   - Session is the offer/answer state of one dialog: which offer is pending,
//     what was agreed, which payload types, mids and DTLS role the dialog has.
//
// One m-line of kind audio is the main one. Beside it lines of video and image
// may live (LocalLine, RemoteLine, StreamLine), each known by its kind and number
// for as long as it does: on WebRTC in one BUNDLE group, on plain legs with ports
// of their own. Every other m-line, and whatever Local does not want, is answered
// at its place with port 0.
//
// A Session has no goroutine and no lock; it belongs to whoever owns the
// dialog. Descriptions, Remotes and Streams it hands out are not changed
// afterwards and may be read from anywhere.
//
// Limits: a description is at most MaxSize bytes, MaxLines lines of at most
// MaxLineLength bytes and MaxMedia m-lines; what is collected from it
// (candidates, fingerprints, SSRCs, codecs) is bounded too.
//
// Specifications: RFC 3264 and RFC 6337 (offer/answer), RFC 8866 (SDP),
// RFC 4733 (telephone-event), RFC 5761 and RFC 8858 (rtcp-mux), RFC 3605
// (a=rtcp), RFC 8829 (JSEP), RFC 9143 (BUNDLE), RFC 8842 (DTLS), RFC 8839
// (ICE), RFC 7587 (Opus), RFC 4585 and RFC 5104 (feedback), RFC 4588 (rtx),
// RFC 5576 (sources), RFC 6184 (H.264), RFC 7741 (VP8), RFC 9628 (VP9).
package sdp
