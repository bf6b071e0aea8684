/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Items in a vCPU's shared page, and guests to post them to. Of waiting guests a
 * run applies the items and comes back without an entry: two secondaries of one VM,
 * alike in all that the items touch.
 */
#ifndef PKVM_TEST_POST_FIXTURE_H
#define PKVM_TEST_POST_FIXTURE_H

#include "run_fixture.h"
#include "../../lib/hyp.h"

static inline struct pkvm_page_item *item(const struct guest *g, uint32_t slot)
{
	return &world_page(&g->vcpu)->item[slot];
}

static inline void post(const struct guest *g, uint32_t slot, uint64_t word1, uint64_t word2,
			uint64_t word3, uint64_t word4)
{
	*item(g, slot) = (struct pkvm_page_item){
		.valid = 1,
		.in = {word1, word2, word3, word4},
		.status = 0x5a5a5a5a,
		.out = 0xa5a5a5a5,
	};
}

static inline int64_t run_posted(struct guest *g)
{
	const struct pkvm_run run = {g->vcpu.handle, 1};

	return pkvm_hc_vcpu_run(&run, &g->exit).error;
}

static inline void assert_item(const struct guest *g, uint32_t slot, int64_t status, uint64_t out)
{
	assert_int_equal(item(g, slot)->valid, 0);
	assert_int_equal(item(g, slot)->status, (uint64_t)status);
	assert_int_equal(item(g, slot)->out, out);
}

/* A guest with interrupts on, behind an OUT, with more of them to come. */
static inline void guest_at_out(struct guest *g, uint64_t type)
{
	guest_begin(g, type);
	OP(g, "sti");
	OP(g, "nop");
	for (unsigned int i = 0; i < 6; i++)
		OP(g, "out8", 0x10);
	guest_ready(g);
	assert_int_equal(guest_run_status(g), 0);
}

/* A vCPU that its guest, or of an npVM its host, has not started. */
static inline void waiting_vcpu(struct guest *g, uint64_t type)
{
	world_load(&g->vcpu);
	if (type == PKVM_VM_NPVM)
		assert_int_equal(pkvm_hc_vcpu_reset(&(struct pkvm_flag){1}).error, 0);
}

static inline void waiting_guests(struct guest *called, struct guest *posted, uint64_t type)
{
	memset(called, 0, sizeof(*called));
	memset(posted, 0, sizeof(*posted));
	called->m = posted->m = world_up(1);
	called->vm = posted->vm = world_vm(type);
	called->vcpu = world_vcpu(&called->vm, 1);
	posted->vcpu = world_vcpu(&posted->vm, 2);
	waiting_vcpu(called, type);
	waiting_vcpu(posted, type);
	world_finalize(&called->vm);
}

static inline void waiting_end(struct guest *called, struct guest *posted)
{
	world_put(&called->vcpu);
	world_put(&posted->vcpu);
	world_free_vcpu(&called->vcpu);
	world_free_vcpu(&posted->vcpu);
	world_destroy(&called->vm);
	world_end(called->m);
}

#endif
