#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Runs an image in Bochs and prints what it says. Exit status: 0 its last line is
# RESULT: PASS, 1 it is another result, 2 there is none.
# run.sh [--model MODEL] [--cpus N] [--seconds N] [--commands FILE] [--log FILE]
#        [--withhold PRIMARY,SECONDARY] IMAGE
# Withheld are VM-execution controls that the processor has, as numbers: the image
# behaves as on one without them.
set -euo pipefail

model=corei7_skylake_x cpus=1 seconds=60 commands="" log="" image="" withhold=0,0
usage="usage: ${0##*/} [--model MODEL] [--cpus N] [--seconds N] [--commands FILE]"
usage+=" [--log FILE] [--withhold PRIMARY,SECONDARY] IMAGE"

# fail <text>: one line, and nothing is known about the image.
fail()
{
	echo "${0##*/}: $1" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	case $1 in
	--model | --cpus | --seconds | --commands | --log | --withhold)
		[ $# -ge 2 ] || fail "$usage"
		declare "${1#--}=$2"
		shift 2 ;;
	-*) fail "$usage" ;;
	*) image=$1
	   shift ;;
	esac
done
[ -n "$image" ] || fail "$usage"
[ -r "$image" ] || fail "cannot read the image $image"
command -v bochs > /dev/null ||
	fail "Bochs is not installed (Debian: apt-get install bochs bochs-term vgabios)"
image=$(readlink -f "$image")
[ -z "$log" ] || [ -d "$(dirname "$log")" ] || fail "cannot write the log $log: no such folder"
[ -z "$log" ] || log=$(readlink -f "$log")

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# little_endian <number>: its four bytes, as printf has them, behind those in $bytes.
little_endian()
{
	local escaped
	printf -v escaped '\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) \
		$(($1 >> 24 & 255))
	bytes+=$escaped
}

# The commands go into a copy of the image.
if [ -n "$commands" ]; then
	[ -r "$commands" ] || fail "cannot read the commands $commands"
	# The header that rom.S tells: its name, version, where commands go, room for them;
	# their size, and what is withheld, are put into the copy.
	LC_ALL=C read -r -N 7 magic < "$image" || true
	read -r version place room < <(od -An -tu4 -j 8 -N 12 "$image" 2> /dev/null) || true
	[ "$magic $version" = "PKVMROM 1" ] ||
		fail "$image has no header of version 1"
	size=$(stat -L -c %s "$commands")
	[ "$size" -le "$room" ] || fail "$commands has $size bytes, room is for $room"
	cp "$image" "$scratch/image"
	dd if="$commands" of="$scratch/image" bs=64K oflag=seek_bytes conv=notrunc \
		seek="$place" status=none
	bytes=""
	little_endian "$size"
	little_endian "${withhold%,*}"
	little_endian "${withhold#*,}"
	# shellcheck disable=SC2059
	printf "$bytes" | dd of="$scratch/image" bs=4 seek=5 conv=notrunc status=none
	image=$scratch/image
fi
cat > "$scratch/bochsrc" << END
config_interface: textconfig
display_library: term
cpu: model=$model, count=$cpus, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=0
memory: guest=96, host=96
romimage: file=$image
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
port_e9_hack: enabled=1
panic: action=fatal
error: action=report
info: action=report
debug: action=ignore
log: $scratch/log
sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy
speaker: enabled=0
clock: sync=none, time0=1000000000
END
# The image stops by breaking into the debugger, whose next command is to quit.
printf 'c\nq\n' > "$scratch/commands"

# timeout leads a process group of its own, which whoever ends this script ends too. Large
# pages (glibc 2.35) save a fault of the emulator's for each page of the machine's memory.
status=0
(cd "$scratch" && TERM=xterm GLIBC_TUNABLES=glibc.malloc.hugetlb=1 exec timeout -s KILL "$seconds" \
	bochs -q -f bochsrc -rc commands < /dev/null > output 2>&1) &
emulator=$!
trap 'kill -KILL -- "-$emulator" 2> /dev/null; exit 2' INT TERM HUP
{ wait "$emulator" || status=$?; } 2> /dev/null
trap - INT TERM HUP
[ -z "$log" ] || [ ! -r "$scratch/log" ] || cp "$scratch/log" "$log"

# The image's own lines stand between the debugger's first stop and its last.
tr -d '\000\r' < "$scratch/output" | awk '
	/^Next at t=/ { stops++; next }
	stops == 1 && !/^(\([0-9]+\)[. ]|bx_dbg_)/' | tee "$scratch/console"
result=$(tail -n 1 "$scratch/console")

case $result in
"RESULT: PASS") exit 0 ;;
"RESULT: "*) exit 1 ;;
esac
why=$(cat "$scratch/output" "$scratch/log" 2> /dev/null |
	tr -d '\000' | grep -E '>>PANIC<<|p\[[^]]*\]|shutdown status' | tail -n 1) || true
[ -n "$why" ] || [ "$status" -ne 137 ] || why="still running after $seconds seconds"
version=$(tr -d '\000' < "$scratch/output" |
	sed -nE 's/^ *Bochs x86 Emulator ([0-9.]+).*/ \1/p')
kept="--log FILE keeps the emulator's log"
[ -z "$log" ] || kept="the emulator's log is $log"
fail "no result: ${why:-Bochs$version ended with status $status}; $kept"
