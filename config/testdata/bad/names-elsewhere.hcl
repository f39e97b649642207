domain = "pbx.example.com"
turn = [":3478/udp"]
rtp { }
record { }
ice = "lite"
user "201" { password = "correct-horse" }
trunk "alpha" {
  host   = "192.0.2.1"
  srtp   = true
  codecs = ["g711", "ulaw", "G.711A", "telephone-event", "vp8"]
}

# want: 2:1 there is no attribute "turn" | It stands in the block listen: listen { turn = ... }
# want: 3:1 there is no block "rtp" | It stands in the block listen: listen { rtp = ... }
# want: 4:1 there is no block "record" | Did you mean "recordings"?
# want: 5:1 there is no attribute "ice" | It stands in the block media: media { ice = ... }
# want: 9:3 trunk has no attribute "srtp"
# want: 10:13 codecs cannot be "g711" | G.711 is "pcma"
# want: 10:21 codecs cannot be "ulaw" | Did you mean "pcmu"?
# want: 10:29 codecs cannot be "G.711A" | Did you mean "pcma"?
# want: 10:39 codecs cannot be "telephone-event" | Digits need no codec
# want: 10:58 codecs cannot be "vp8" | Video needs no codec here
