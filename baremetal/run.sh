#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Runs an image in Bochs and prints what it says. Exit status: 0 its last line is
# RESULT: PASS, 1 it is another result, 2 there is none, or bad use.
# run.sh [--model MODEL] [--cpus N] [--seconds N] [--commands FILE] [--log FILE]
#        [--withhold PRIMARY,SECONDARY] [--as NAME] IMAGE
# Withheld are VM-execution controls that the processor has, as numbers: the image
# behaves as on one without them. NAME is the command that an error's line begins with.
set -euo pipefail

model=corei7_skylake_x cpus=1 seconds=60 commands="" log="" image="" withhold=0,0 as=${0##*/}
usage="usage: ${0##*/} [--model MODEL] [--cpus N] [--seconds N] [--commands FILE]"
usage+=" [--log FILE] [--withhold PRIMARY,SECONDARY] [--as NAME] IMAGE"

# fail <text>...: one line, and nothing is known about the image.
fail()
{
	echo "$as: $*" >&2
	exit 2
}

# number <option> <most>: its value is one from 1 on.
number()
{
	[[ ${!1} =~ ^[1-9][0-9]{0,8}$ ]] && [ "${!1}" -le "$2" ] ||
		fail "--$1 ${!1}; expected a number from 1 to $2"
}

# readable <what> <file>
readable()
{
	[ -f "$2" ] && [ -r "$2" ] || fail "cannot read the $1 $2; expected a file"
}

while [ $# -gt 0 ]; do
	case $1 in
	--model | --cpus | --seconds | --commands | --log | --withhold | --as)
		[ $# -ge 2 ] || fail "$usage"
		declare "${1#--}=$2"
		shift 2 ;;
	-*) fail "$usage" ;;
	*) image=$1
	   shift ;;
	esac
done
[ -n "$image" ] || fail "$usage"
number cpus 8
number seconds 86400
[[ $model =~ ^[a-z0-9_]+$ ]] ||
	fail "the processor \"$model\" is no name; expected one like corei7_skylake_x"
# A 0 in front would make a decimal number an octal one.
control='(0x[0-9a-fA-F]{1,8}|0|[1-9][0-9]{0,9})'
[[ $withhold =~ ^$control,$control$ ]] &&
	[ $((${withhold%,*} | ${withhold#*,})) -le 4294967295 ] ||
	fail "--withhold $withhold; expected two numbers of 32 bits, PRIMARY,SECONDARY"
readable image "$image"
[ -z "$commands" ] || readable commands "$commands"
command -v bochs > /dev/null ||
	fail "Bochs is not installed (Debian: apt-get install bochs bochs-term vgabios)"
image=$(readlink -f "$image")
[ -z "$log" ] || { : >> "$log"; } 2> /dev/null ||
	fail "cannot write the log $log; expected a file in a folder that is there"
[ -z "$log" ] || log=$(readlink -f "$log")

scratch=$(mktemp -d 2> /dev/null) ||
	fail "cannot make a folder for temporary files below ${TMPDIR:-/tmp}"
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
	# The header that rom.S tells: its name, version, where commands go, room for them;
	# their size, and what is withheld, are put into the copy.
	magic="" version="" place=0 room=0
	LC_ALL=C read -r -N 7 magic < "$image" || true
	read -r version place room < <(od -An -tu4 -j 8 -N 12 "$image" 2> /dev/null) || true
	[ "$magic $version" = "PKVMROM 1" ] ||
		fail "$image has no header of version 1"
	size=$(stat -L -c %s "$commands")
	[ "$size" -le "$room" ] || fail "$commands has $size bytes, room is for $room"
	bytes=""
	little_endian "$size"
	little_endian "${withhold%,*}"
	little_endian "${withhold#*,}"
	# shellcheck disable=SC2059
	{
		cp "$image" "$scratch/image" &&
		dd if="$commands" of="$scratch/image" bs=64K oflag=seek_bytes conv=notrunc \
			seek="$place" status=none &&
		printf "$bytes" | dd of="$scratch/image" bs=4 seek=5 conv=notrunc status=none
	} 2> /dev/null || fail "cannot copy the image to $scratch: is the disk full?"
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

# The image's own lines stand between the debugger's first stop and its last.
tr -d '\000\r' < "$scratch/output" | awk '
	/^Next at t=/ { stops++; next }
	stops == 1 && !/^(\([0-9]+\)[. ]|bx_dbg_)/' | tee "$scratch/console"
result=$(tail -n 1 "$scratch/console")
[ -z "$log" ] || [ ! -r "$scratch/log" ] || { cat "$scratch/log" > "$log"; } 2> /dev/null ||
	fail "cannot write the log $log: is the disk full?"

case $result in
"RESULT: PASS") exit 0 ;;
"RESULT: "*) exit 1 ;;
esac
! grep -aq 'cpu directive malformed' "$scratch/output" "$scratch/log" 2> /dev/null ||
	fail "the emulator has no processor $model; expected corei7_skylake_x," \
	     "corei7_haswell_4770, corei5_arrandale_m520 or another of its names"
why=$(cat "$scratch/output" "$scratch/log" 2> /dev/null |
	tr -d '\000' | grep -E '>>PANIC<<|p\[[^]]*\]|shutdown status' | tail -n 1) || true
[ -n "$why" ] || [ "$status" -ne 137 ] || why="still running after $seconds seconds"
version=$(tr -d '\000' < "$scratch/output" |
	sed -nE 's/^ *Bochs x86 Emulator ([0-9.]+).*/ \1/p')
kept="--log FILE keeps the emulator's log"
[ -z "$log" ] || kept="the emulator's log is $log"
fail "no result: ${why:-Bochs$version ended with status $status}; $kept"
