# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Lists what the ABI's headers name but no row does: constants, the fields of
# structs, and each call's topic (its header) and brief. Values, offsets and sizes
# are not read here: the compiler fills them in where the list is included.
#
#	awk -f abi_names.awk include/pkvm/*.h > abi_names.inc

function text_of(line)
{
	if (!match(line, /\/\*\*< .* \*\//))
		return ""
	line = substr(line, RSTART + 5, RLENGTH - 8)
	gsub(/\\#/, "#", line)
	gsub(/\\/, "\\\\", line)
	gsub(/"/, "\\\"", line)
	sub(/ +$/, "", line)
	return line
}

# The fingerprint's text buffer is a tool of the headers, not part of the ABI.
FILENAME ~ /fingerprint\.h$/ {
	next
}

FNR == 1 {
	topic = FILENAME
	sub(/.*\//, "", topic)
	sub(/\.h$/, "", topic)
	structure = ""
	brief = ""
}

/^#define PKVM_[A-Z0-9_]+[ \t]+(\(?[~0-9]|PKVM_(BIT|BITS|U64)\()/ && !/,.*PKVM_DROP/ {
	printf "ABI_CONSTANT(%s, %s, \"%s\")\n", topic, $2, text_of($0)
}

/^\tPKVM_[A-Za-z0-9_]+( = [0-9a-zA-Z_]+)?,? *(\/\*.*)?$/ && !/PKVM_WORDS/ {
	name = $1
	sub(/,$/, "", name)
	printf "ABI_CONSTANT(%s, %s, \"%s\")\n", topic, name, text_of($0)
}

/^struct pkvm_[a-z0-9_]+ \{/ {
	structure = $2
}

structure != "" && /^\tuint(32|64)_t [a-z]/ {
	name = $2
	sub(/[[;].*/, "", name)
	printf "ABI_FIELD(%s, %s, %s, %d, \"%s\")\n", topic, structure, name,
		$1 == "uint32_t" ? 4 : 8, text_of($0)
}

/^};/ {
	structure = ""
}

# A brief may take several lines; it ends with the first empty one.
/^ \* @brief / {
	brief = substr($0, 11)
	in_brief = 1
	next
}

in_brief && /^ \*[ \t]+[^ \t]/ {
	sub(/^ \*[ \t]+/, "")
	brief = brief " " $0
	next
}

{
	in_brief = 0
}

/^(PKVM_STUB .*)?pkvm_(hc|guest)_[a-z0-9_]+\(/ {
	match($0, /pkvm_(hc|guest)_[a-z0-9_]+\(/)
	name = substr($0, RSTART, RLENGTH - 1)
	gsub(/"/, "\\\"", brief)
	printf "ABI_CALL_TEXT(%s, %s, \"%s\")\n", topic, name, brief
}

END {
	print "#undef ABI_CONSTANT"
	print "#undef ABI_FIELD"
	print "#undef ABI_CALL_TEXT"
}
