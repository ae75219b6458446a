#!/bin/sh
# Decides the end of one server: the whole process group ends when descriptor 3 closes, which the supervisor does to end it in good order
# and the kernel does when the supervisor dies in whatever way.
#
#   watched.sh <signal> <seconds> <command> [argument…]
#
# Runs as the leader of a process group of its own. Writes the server's exit status to descriptor 3 when it ends by itself.
signal=$1 grace=$2
shift 2

"$@" 3<&- &
server=$!
# After the server was started, which must not inherit it: the signals below go to the whole group, this shell among it.
trap '' INT TERM HUP PIPE

(
  read -r _ <&3
  kill -s "$signal" -- "-$$"
  sleep "$grace"
  kill -s KILL -- "-$$"
) &

wait "$server"
status=$?
echo "$status" >&3
# What the server has left behind, the waiting shell above, and this one.
kill -s KILL -- "-$$"
