domain = "pbx.example.com"
calls {
  detach = "20m"
  timer  = "30"
  tiemr  = "1h"
}

# want: 3:12 detach is from 1s to 10m
# want: 4:12 timer "30" is no length of time
# want: 5:3 calls has no attribute "tiemr" | Did you mean "timer"?
