# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Tables out of what the workload counted on VMX, after the model machine's: calls a
# run, which must be the same to the fourth digit, and instructions a run. The totals
# in VMX root operation go into the file that the variable `totals` names.
#
#	awk -f workload.awk -v totals=FILE MODEL COUNTED

# "npVM, calls a run", then "| call | measured | plain | posting | |".
FNR == NR && / calls a run$/ { split($1, word, ","); kind = word[1] }
FNR == NR && /^\| [a-z_]+ \| [0-9]/ && $2 != "all" {
	model[kind, "plain", $2] = $6
	model[kind, "posting", $2] = $8
	if (!(kind SUBSEP $2 in seen))
		order[kind, ++rows[kind]] = $2
	seen[kind, $2] = 1
}
FNR == NR { next }

# "plain npVM call get_rflags 7734", "plain npVM root 91000000"
$3 == "call" {
	calls[$2, $1, $4] = $5
	if (!($2 SUBSEP $4 in seen))
		order[$2, ++rows[$2]] = $4
	seen[$2, $4] = 1
}
$3 == "root" || $3 == "part" || $3 == "all" { count[$2, $1, $3] = $4 }

function per_run(kind, mode, call)
{
	return sprintf("%.4f", calls[kind, mode, call] / calls[kind, mode, "vcpu_run"])
}

# One call's line; 0: the model machine's differ.
function print_call(kind, call,    plain, posting, same)
{
	plain = per_run(kind, "plain", call)
	posting = per_run(kind, "posting", call)
	same = plain == model[kind, "plain", call] && posting == model[kind, "posting", call]
	printf "| %s | %s | %s | %s |\n", call, plain, posting,
	       same ? "" : "not the model machine's"
	return same
}

function print_kind(kind,    i)
{
	printf "\n%s on VMX, calls a run\n\n| call | plain | posting | |\n", kind
	print "| ---- | ----- | ------- | - |"
	for (i = 1; i <= rows[kind]; i++)
		differ += !print_call(kind, order[kind, i])
}

function root(kind, mode)
{
	return count[kind, mode, "root"] / calls[kind, mode, "vcpu_run"]
}

function all(kind, mode)
{
	return count[kind, mode, "all"] / count[kind, mode, "part"]
}

function print_totals(kind)
{
	printf "| %s | %d | %d | %d %% | %d | %d |\n", kind, root(kind, "plain"),
	       root(kind, "posting"), 100 * root(kind, "posting") / root(kind, "plain"),
	       all(kind, "plain"), all(kind, "posting")
	printf "%s %d %d\n", tolower(kind), root(kind, "plain"), root(kind, "posting") > totals
}

END {
	print_kind("npVM")
	print_kind("pVM")
	print "\ninstructions a run on VMX: in root operation, and all\n"
	print "| VM | root, plain | root, posting | ratio | all, plain | all, posting |"
	print "| -- | ----------- | ------------- | ----- | ---------- | ------------ |"
	print_totals("npVM")
	print_totals("pVM")
	exit differ > 0
}
