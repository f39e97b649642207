timezone = "Europe/London"
hours "office" {
  open   = ["mon-fri 09:00-17:30"]
  closed = ["2026-12-25"]
  note   = "team leads have the key"
}
prefixes {
  mobile = ["+4473", "+4474"]
}
let {
  free  = registered("202") && !busy("202")
  night = [play("closed.wav"), reject(480, "Closed")]
}
from "user:201" {
  calls = {
    "9{number:X.}" = [dial("trunk:alpha/${number}", "20s", { caller_id = "+442071234567" })]
  }
}
from "users" {
  calls = {
    "mobile" = [reject(403)]
    "300" = open("office") ? (
      free ? [dial("user:202", "20s")] : [ring(["user:201", "user:203"])]
    ) : night
    "2XX"    = [dial("user:${to}", "20s"), play(asleep(to) ? "asleep.wav" : "away.wav")]
    "4."     = [dial("trunk:alpha/${substr(to, 4, -1)}")]
  }
}
from "trunks" {
  calls = {
    "1" = caller == "0301" || startswith(caller_name, "Spam") ? [reject(603)] : [dial("user:202")]
  }
}
