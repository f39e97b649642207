domain = "pbx.example.com"
mailbox "sales" {
  pin      = "4711"
  greeting = "../../etc/bob.wav"
}

# want: 4:14 greeting "../../etc/bob.wav" leads out of the folder of sounds
