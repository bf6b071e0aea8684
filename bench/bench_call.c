/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The road of a call: pack, function-call transport, gate, dispatch, scrub and
 * unpack around an empty handler, with few and with many vCPUs in the system.
 * bench/call.sh counts the instructions of pkvm_hc_bench_empty().
 */
#include <stdlib.h>

#include "../lib/call.h"
#include "../machine/machine.h"
#include "system.h"

int64_t pkvm_hyp_bench_empty(struct pkvm_call *call, const struct pkvm_bench_words *in,
			     struct pkvm_bench_words *out)
{
	(void)call;
	*out = *in;
	return 0;
}

static uint64_t make_calls(unsigned int rounds)
{
	struct pkvm_bench_words words = {0x1234, 5, ~(uint64_t)0};
	uint64_t errors = 0;

	for (unsigned int i = 0; i < rounds; i++)
		errors |= (uint64_t)pkvm_hc_bench_empty(&words, &words).error;
	return errors;
}

int main(int argc, char **argv)
{
	const unsigned int count = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 0) : 1;
	const unsigned int rounds = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 0) : 1000;
	const struct machine_config config = {.ram_size = 256ull << 20};
	struct machine *m = machine_create(&config, NULL);
	struct pkvm_shared_page *page;
	struct pkvm_vcpu_handle vcpu;

	if (!m || !count)
		return 1;
	system_bring_up(m);
	vcpu.vcpu = system_make_vcpus(count, &page);
	system_check(pkvm_hc_vcpu_load(&vcpu), "vcpu_load");
	if (make_calls(rounds))
		return 1;
	machine_destroy(m);
	return 0;
}
