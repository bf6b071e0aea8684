# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Adds up, out of a callgrind profile, the instructions on the road of the calls:
# stubs, transport, gate, handlers, summary, posting. Left out is what an entry takes
# (registers and events in and out), the engine with its checks, the run loop, the
# emulation of devices. Prints the sum; with -v parts=1 each file's share.
#
#	valgrind --tool=callgrind --separate-callers=8 ...; awk -f road.awk callgrind.out

BEGIN {
	split("post summary result hypercall interruptibility event apic tsc msr rflags " \
	      "segment vcpu host registers", name, " ")
	for (i in name)
		on_road["host/" name[i]] = 1
	split("call gate dispatch handle post row run vcpu vcpu_life summary shared event " \
	      "event_inject event_state rflags segment apic tsc exit_msr exit_skip hyp " \
	      "reclaim vmcs/access vmcs/allowed apic/page apic/posted", name, " ")
	for (i in name)
		on_road["lib/" name[i]] = 1
	on_road["machine/transport"] = 1
	# Whatever these call is of an entry too: the profile tells callers apart.
	of_entry = "(^|')pkvm_run_until_exit('|$)"
}

# "fl=(7) /a/lib/gate.h" names 7, "fi=(7)" means it again.
function named(text, table,    id)
{
	id = text
	sub(/^[a-z]+=/, "", id)
	if (match(id, /\) /)) {
		table[substr(id, 1, RSTART)] = substr(id, RSTART + 2)
		id = substr(id, 1, RSTART)
	}
	return table[id]
}

# The room and the topic of a source file; "" when it is in no room.
function part_of(path)
{
	if (path ~ /include\/pkvm\//)
		return "include/pkvm"
	if (!match(path, /(host|lib|machine|guest|bench)\/[a-z0-9_\/]+\.[a-z]+$/))
		return ""
	path = substr(path, RSTART)
	sub(/\.[a-z]+$/, "", path)
	return path
}

/^(fl|fi|fe)=/    { part = part_of(named($0, file)); next }
/^fn=/            { fn = named($0, fns); next }
/^(cfi|cfl)=/     { named($0, file); next }
/^cfn=/           { named($0, fns); next }
/^calls=/         { callee = 1; next }
/^[-+*0-9]/ {
	if (!callee && (part in on_road || part == "include/pkvm") && fn !~ of_entry)
		sum[part] += $2
	callee = 0
}

END {
	for (p in sum) {
		all += sum[p]
		if (parts)
			printf "%12d %s\n", sum[p], p
	}
	print all + 0
}
