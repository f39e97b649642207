domain = "pbx.example.com"
from "trunks" {
  calls = { "1" = [menu("a")], "2" = [menu("b")] }
}
menu "a" {
  play = ["welcome.wav", 2, "tone:rinback"]
  keys = { "1" = [hangup()], "else" = [hangup()], "else" = [hangup()] }
}
menu "b" {
  play = []
  wait = to
  keys = { "1" = [hangup()] }
}

# want: 6:26 a sound is text in quotes
# want: 6:29 there is no tone "rinback" | Did you mean "ringback"?
# want: 7:51 "else" is there twice
# want: 10:10 a prompt is 1 to 16 sounds, not 0
# want: 11:10 this is settled before any call
