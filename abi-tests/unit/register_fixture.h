/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What tests of the register calls begin with: one vCPU loaded on the only CPU,
 * VMCS fields of it by encoding, and random words whose seed is printed.
 */
#ifndef PKVM_TEST_REGISTER_FIXTURE_H
#define PKVM_TEST_REGISTER_FIXTURE_H

#include "world.h"

#include <time.h>

#define NPVM 0u
#define PVM  1u

/* The carve-out of world_fresh(): what stays private when every VM is gone. */
#define HYP_PAGES 256u

struct loaded {
	struct machine *m;
	struct world_vm vm;
	struct world_vcpu vcpu;
};

/* A vCPU of a fresh VM of the given type, loaded. */
static inline void load_new(struct loaded *l, uint64_t type)
{
	l->vm = world_vm(type);
	l->vcpu = world_vcpu(&l->vm, 0);
	world_load(&l->vcpu);
}

static inline struct loaded loaded_up(uint64_t type)
{
	struct loaded l = {.m = world_up(1)};

	load_new(&l, type);
	return l;
}

/* The same on a processor with other VMX features. */
static inline struct loaded loaded_with(const struct pkvm_vmx_caps *caps, uint64_t type)
{
	const struct machine_config config = {
		.ram_size = 16 << 20, .hyp_size = 1 << 20, .caps = caps};
	const struct pkvm_query query = {1, 0, ~(uint64_t)0};
	struct loaded l = {.m = machine_create(&config, NULL)};
	struct pkvm_answer answer;

	assert_non_null(l.m);
	assert_int_equal(pkvm_hc_abi_query(&query, &answer).error, 0);
	assert_int_equal(world_init(l.m), 0);
	assert_int_equal(pkvm_hc_init_finalize().error, 0);
	assert_int_equal(pkvm_hc_enable_virtualization_cpu().error, 0);
	load_new(&l, type);
	return l;
}

static inline void unload(const struct loaded *l)
{
	world_put(&l->vcpu);
	world_free_vcpu(&l->vcpu);
	world_destroy(&l->vm);
}

static inline void loaded_end(const struct loaded *l)
{
	unload(l);
	world_assert_conserved(l->m, HYP_PAGES);
	world_end(l->m);
}

/* The loaded vCPU's first attempted VM entry: topped up, finalized, run. */
static inline void run_once(const struct loaded *l)
{
	const struct pkvm_run run = {l->vcpu.handle, 0};
	struct pkvm_run_exit exit;

	world_finalize(&l->vm);
	world_topup(&l->vm, 8);
	assert_int_equal(pkvm_hc_vcpu_run(&run, &exit).error, 0);
}

static inline uint64_t field(uint32_t encoding)
{
	uint64_t value = 0;

	assert_int_equal(pkvm_vmcs_read(encoding, &value), 0);
	return value;
}

/* A call with up to two input words that gives none, or one. */
static inline struct world_result call0(const struct loaded *l, uint64_t number)
{
	return world_call(l->m, number, 0, 1);
}

static inline struct world_result call1(const struct loaded *l, uint64_t number, uint64_t word)
{
	return world_call(l->m, number, 1, 0, word);
}

static inline struct world_result call2(const struct loaded *l, uint64_t number, uint64_t word1,
					uint64_t word2)
{
	return world_call(l->m, number, 2, 0, word1, word2);
}

static inline void assert_done(struct world_result result)
{
	assert_int_equal(result.error, 0);
}

static inline void assert_refused(struct world_result result, int64_t error, uint64_t word)
{
	assert_int_equal(result.error, error);
	assert_int_equal(result.refused, word);
}

static inline uint64_t random_seed(void)
{
	const uint64_t seed = (uint64_t)time(NULL);

	print_message("seed %llu\n", (unsigned long long)seed);
	return seed;
}

/* splitmix64. */
static inline uint64_t random_word(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

#endif
