/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What most tests begin with: a machine whose hypervisor is up, VMs and vCPUs on
 * it, and calls by number whose effect on private memory is watched.
 */
#ifndef PKVM_TEST_WORLD_H
#define PKVM_TEST_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pkvm/pkvm.h>
#include "../../host/transport.h"
#include "../../machine/machine.h"

struct world_vcpu {
	uint64_t handle;
	uint64_t page;          /* physical address of the shared page */
	uint64_t area;
	uint64_t fpstate;
};

struct world_vm {
	uint64_t handle;
	uint64_t area;
	uint64_t type;
};

/* A call by number: outputs in out[], the status comes back. */
struct world_result {
	int64_t error;
	uint64_t refused;
	uint64_t out[PKVM_MAX_WORDS];
};

/*
 * Machines in the stages of the system's life. Each has one CPU, the calling
 * thread's, unless `cpus` says more; the enabled ones can load vCPUs.
 */
struct machine *world_fresh(unsigned int cpus);         /* nothing negotiated  */
struct machine *world_negotiated(unsigned int cpus);    /* before init         */
struct machine *world_booting(unsigned int cpus);       /* before init_finalize */
struct machine *world_up(unsigned int cpus);            /* every CPU enabled   */
void world_end(struct machine *m);

/* One that is up, whose one processor answers CPUID from a table. */
struct machine *world_up_on(const struct machine_cpuid *cpuid);

/* Tells the hypervisor about all RAM, as init's page wants it. */
int64_t world_init(struct machine *m);

/* Makers: anything refused fails the test. */
struct world_vm world_vm(uint64_t type);
struct world_vcpu world_vcpu(const struct world_vm *vm, uint64_t id);
void world_load(const struct world_vcpu *vcpu);
void world_put(const struct world_vcpu *vcpu);
void world_finalize(const struct world_vm *vm);
uint64_t world_pages(uint64_t pages);
/* Maps fresh host pages into the loaded vCPU's VM; their physical address. */
uint64_t world_map(uint64_t gpa, uint64_t pages);
/* Fills the pool with pages for that. */
void world_topup(const struct world_vm *vm, uint64_t pages);

/* Takes vCPUs and VM apart and frees every page; each must come back scrubbed. */
void world_free_vcpu(const struct world_vcpu *vcpu);
void world_destroy(const struct world_vm *vm);

/*
 * Makes a call by number with up to ten words. When it is refused, every byte of
 * private memory is as before, the outputs are zero, and so it is checked here.
 */
struct world_result world_call(struct machine *m, uint64_t number, unsigned int n_in,
			       unsigned int n_out, ...);
struct world_result world_callv(struct machine *m, uint64_t number, const uint64_t *in,
				unsigned int n_in, unsigned int n_out);

/* The shared page of a vCPU as the host sees it. */
struct pkvm_shared_page *world_page(const struct world_vcpu *vcpu);

/* Every page is accounted for: nothing but what boot took is out of the host's view. */
void world_assert_conserved(struct machine *m, uint64_t private_pages);

#endif
