/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * `pkvm vmcs`: its options, and how its files are read.
 */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "vmcs.h"

#define MOST_BYTES (64u << 20)  /* of a log or of cases */

struct request {
	const char *verb;
	const char *path;
	bool json;
};

static const char doc[] =
	"Tell whether VM entry accepts a VMCS, and why it does not.\n"
	"\n"
	"  check FILE      judge the cases of a JSON file\n"
	"  explain [FILE]  find the VMCS dumps in a log of KVM or Xen and explain each\n"
	"  rules           print the page of all rules\n"
	"\v"
	"FILE may be - for standard input. Examples:\n"
	"  pkvm vmcs check cases.json --json | jq '.results[].outcome'\n"
	"  dmesg | pkvm vmcs explain\n"
	"  pkvm vmcs explain --json kern.log\n"
	"\n"
	"KVM prints the dump when kvm_intel's parameter dump_invalid_vmcs is 1. Exit status: 0 "
	"no rule is broken, 1 one is, or VM entry refused an MSR that it should load, 2 bad use, "
	"bad input, or output that cannot be written. Of a file at most 64 MiB are read.";

static const struct argp_option options[] = {
	{"json", 'j', NULL, 0, "check, explain: print JSON", 0},
	{0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case 'j':
		request->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!request->verb)
			request->verb = argument;
		else if (!request->path && strcmp(request->verb, "rules"))
			request->path = argument;
		else
			argp_error(state, "too many words: %s", argument);
		return 0;
	case ARGP_KEY_END:
		if (!request->verb)
			argp_error(state, "what to do is missing: check, explain or rules");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* NULL: errno says why. */
static char *read_all(FILE *file, size_t *length)
{
	size_t room = 1 << 16, used = 0;
	char *text = malloc(room), *more;

	while (text) {
		used += fread(text + used, 1, room - used - 1, file);
		if (used < room - 1)
			break;
		room *= 2;
		more = room > MOST_BYTES ? NULL : realloc(text, room);
		errno = room > MOST_BYTES ? EFBIG : errno;
		if (!more)
			free(text);
		text = more;
	}
	if (text)
		text[used] = '\0';
	*length = used;
	return text;
}

char *vmcs_read(const char *path, size_t *length)
{
	const bool standard = !strcmp(path, "-");
	FILE *file = standard ? stdin : fopen(path, "r");
	char *text = NULL;

	errno = file ? 0 : errno;
	if (file)
		text = read_all(file, length);
	if (file && ferror(file)) {
		free(text);
		text = NULL;
	}
	if (!text)
		fprintf(stderr, "pkvm vmcs: %s: cannot be read: %s\n", path,
			errno == EFBIG ? "longer than 64 MiB; expected the part that matters"
				       : strerror(errno));
	if (file && !standard)
		fclose(file);
	return text;
}

int command_vmcs(int argc, char **argv)
{
	static const struct argp argp = {.options = options, .parser = parse,
		.args_doc = "check FILE\nexplain [FILE]\nrules", .doc = doc};
	struct request request = {0};
	char name[] = "pkvm vmcs";

	argv[0] = name;
	if (argp_parse(&argp, argc, argv, 0, NULL, &request))
		return COMMAND_USAGE;
	if (!strcmp(request.verb, "explain"))
		return vmcs_explain(request.path ? request.path : "-", request.json);
	if (!strcmp(request.verb, "rules") && !request.json)
		return vmcs_rules();
	if (!strcmp(request.verb, "check") && request.path)
		return vmcs_check(request.path, request.json);
	if (!strcmp(request.verb, "rules"))
		fprintf(stderr, "pkvm vmcs: rules prints a page, no JSON; expected no --json\n");
	else if (!strcmp(request.verb, "check"))
		fprintf(stderr, "pkvm vmcs: check needs a FILE\n");
	else
		fprintf(stderr, "pkvm vmcs: unknown word %s; expected: check FILE, explain "
			"[FILE] or rules\n", request.verb);
	return COMMAND_USAGE;
}
