/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * `pkvm abi dump`: its options, and the canonical text.
 */
#include <argp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pkvm/pkvm.h>
#include "command.h"

enum format { FORMAT_JSON, FORMAT_TEXT, FORMAT_MARKDOWN };

struct request {
	enum format format;
	bool chosen;            /* by an option */
	bool dump;
};

static const char doc[] =
	"Print the ABI that this command was built with: numbers, words, registers, "
	"policies, constants, the layout of the shared page.\n"
	"\v"
	"Without an option the output is JSON. Examples:\n"
	"  pkvm abi dump | jq '.host_calls[] | select(.policy == \"npvm_only\") | .name'\n"
	"  pkvm abi dump --text | tail -1";

static const struct argp_option options[] = {
	{"json", 'j', NULL, 0, "JSON (the default)", 0},
	{"text", 't', NULL, 0, "the canonical text of the rows, and its fingerprint", 0},
	{"markdown", 'm', NULL, 0, "the call reference", 0},
	{0},
};

static void choose(struct request *request, enum format format, struct argp_state *state)
{
	if (request->chosen && request->format != format)
		argp_error(state, "two formats; expected one of --json, --text and --markdown");
	request->format = format;
	request->chosen = true;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case 'j':
		choose(request, FORMAT_JSON, state);
		return 0;
	case 't':
		choose(request, FORMAT_TEXT, state);
		return 0;
	case 'm':
		choose(request, FORMAT_MARKDOWN, state);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num || strcmp(argument, "dump"))
			argp_error(state, "unknown word %s; expected: dump", argument);
		request->dump = true;
		return 0;
	case ARGP_KEY_END:
		if (!request->dump)
			argp_error(state, "what to do is missing: dump");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int abi_dump_text(void)
{
	size_t length;
	uint64_t fingerprint = pkvm_fingerprint(NULL, 0, PKVM_ABI_MINOR, &length);
	char *text = malloc(length);

	if (!text) {
		fprintf(stderr, "pkvm: out of memory\n");
		return COMMAND_PROBLEM;
	}
	fingerprint = pkvm_fingerprint(text, length, PKVM_ABI_MINOR, NULL);
	fwrite(text, 1, length, stdout);
	printf("fingerprint 0x%" PRIx64 "\n", fingerprint);
	free(text);
	return COMMAND_OK;
}

int command_abi(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options, .parser = parse, .args_doc = "dump", .doc = doc};
	struct request request = {.format = FORMAT_JSON};
	char name[] = "pkvm abi";

	argv[0] = name;
	if (argp_parse(&argp, argc, argv, 0, NULL, &request))
		return COMMAND_USAGE;
	switch (request.format) {
	case FORMAT_TEXT:
		return abi_dump_text();
	case FORMAT_MARKDOWN:
		return abi_dump_markdown();
	case FORMAT_JSON:
		break;
	}
	return abi_dump_json();
}
