domain = "pbx.example.com"
user "201" {
  password  = "x"
  voicemail = { pin = "4711" }
}
user "202" {
  password = "x"
}
from "users" {
  calls = {
    "1" = [voicemail("2O1")]
    "2" = [voicemail("202")]
    "3" = [mailbox("sales")]
    "4" = [voicemail(201)]
    "5" = [voicemail("201", { busy = "yes" })]
    "6" = [voicemail("201", "closed.wav")]
    "7" = [voicemial("201")]
    "8" = [voicemail()]
  }
}

# want: 11:22 there is no box "2O1" | Did you mean "201"?
# want: 13:20 there is no box "sales" | Write mailbox "sales" { ... } to have it.
# want: 14:22 a box is text in quotes, not a number | Write it in quotes: "201".
# want: 15:31 busy is true or false, not text
# want: 16:29 options stand in { }, not as text
# want: 17:12 there is no step "voicemial" | Did you mean "voicemail"?
# want: 18:12 voicemail() lacks its box
