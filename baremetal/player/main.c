/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Plays the scenario that came with the image: [--quiet] [NAME=NUMBER...] SCENARIO. */
#include <stdio.h>
#include <string.h>

#include "../../tools/play.h"
#include "../../tools/trace.h"
#include "../common/x86.h"

/* The console is slow, and a run that hangs has to show how far it came. */
int main(int argc, char **argv)
{
	const int first = argc > 2 && !strcmp(argv[1], "--quiet") ? 2 : 1;
	const struct play_request request = {
		.path = argv[argc - 1], .quiet = first == 2, .set = argv + first,
		.nr_set = (unsigned int)(argc - 1 - first)};

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	return play(&request);
}

uint64_t trace_now(void)
{
	return x86_rdtsc();
}

/* There is no trace here: play() was given none. */
void trace_call(struct scenario *s, const struct abi_call *call, const struct pkvm_regs *in,
		const struct pkvm_regs *out, uint64_t from)
{
	(void)s;
	(void)call;
	(void)in;
	(void)out;
	(void)from;
}
