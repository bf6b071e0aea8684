/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A host that posts and one that calls, driven by the same random sequences, see the
 * same guest and leave the same hypervisor behind. Arguments: sequences, first seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "../equivalence/equivalence.h"
#include "../equivalence/private.h"
#include "machine/machine.h"

#define PER_SEED 512u
#define HYP_SIZE (1u << 20)

static unsigned long sequences = 20480;
static uint64_t first_seed = 20261129;
static struct machine *machine;

void equivalence_must(bool holds, const char *what)
{
	if (!holds)
		fail_msg("%s", what);
}

/* The vCPU's own page says which it is. */
static struct pkvm_vcpu *vcpu_inside(uint64_t handle)
{
	for (uint64_t pa = 0; pa < machine_ram_size(machine); pa += 4096) {
		struct pkvm_vcpu *candidate = pkvm_plat_private(pa);

		if (!machine_host_sees(pa) && candidate->handle == handle &&
		    candidate->area == pa)
			return candidate;
	}
	fail_msg("no vCPU has the handle");
	return NULL;
}

uint64_t equivalence_private(const struct driver *d)
{
	return private_digest(machine_hyp(machine), vcpu_inside(d->vcpu.handle));
}

static void boot(struct pkvm_host *host, uint64_t without)
{
	const struct machine_config config = {.ram_size = 16 << 20, .hyp_size = HYP_SIZE,
					      .seed = 5, .deterministic_tsc = true};
	struct pkvm_memory_region regions[2];

	machine = machine_create(&config, NULL);
	assert_non_null(machine);
	regions[0] = (struct pkvm_memory_region){0, machine_hyp_base(machine), PKVM_REGION_RAM};
	regions[1] = (struct pkvm_memory_region){machine_hyp_base(machine), HYP_SIZE,
						 PKVM_REGION_HYPERVISOR};
	assert_int_equal(pkvm_host_negotiate_without(host, without), 0);
	assert_int_equal(pkvm_host_boot(regions, 2), 0);
	assert_int_equal(pkvm_host_enable_virtualization_cpu(), 0);
}

/* One seed with one kind of host: what each sequence came to, and the calls it took. */
static uint64_t drive(uint64_t seed, uint64_t without, uint64_t *digest)
{
	static struct pkvm_host host;
	static struct driver d;
	uint64_t calls;

	boot(&host, without);
	equivalence_begin(&d, &host, seed, true);
	equivalence_drive(&d, digest, PER_SEED);
	calls = d.vcpu.stats.calls;
	equivalence_end(&d);
	machine_destroy(machine);
	return calls;
}

static void test_a_host_that_posts_and_one_that_calls_leave_the_same_behind(void **state)
{
	static uint64_t called[PER_SEED], posted[PER_SEED];
	uint64_t calls[2] = {0};

	(void)state;
	for (unsigned long done = 0; done < sequences; done += PER_SEED) {
		const uint64_t seed = first_seed + done / PER_SEED;

		calls[0] += drive(seed, PKVM_FEAT_event_summary | PKVM_FEAT_posting, called);
		calls[1] += drive(seed, 0, posted);
		for (unsigned int i = 0; i < PER_SEED; i++) {
			if (called[i] != posted[i])
				fail_msg("seed %llu, sequence %u: the hosts differ",
					 (unsigned long long)seed, i);
		}
	}
	print_message("seeds from %llu: %lu sequences, %llu calls, or %llu with posting\n",
		      (unsigned long long)first_seed, sequences, (unsigned long long)calls[0],
		      (unsigned long long)calls[1]);
	assert_true(calls[1] * 2 < calls[0]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_a_host_that_posts_and_one_that_calls_leave_the_same_behind),
	};

	if (argc > 1)
		sequences = strtoul(argv[1], NULL, 0);
	if (argc > 2)
		first_seed = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
