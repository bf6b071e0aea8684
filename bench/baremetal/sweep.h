/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Numbers that the host, or a guest, chooses: what a call costs up to a cap and past it. */
#ifndef PKVM_BENCH_SWEEP_H
#define PKVM_BENCH_SWEEP_H

#include "bench.h"

/* Pages in one call. */
#define SWEEP_PAGES 512u
/* Guest-physical, where nothing else is. */
#define SWEEP_GPA   UINT64_C(0x40000000)
/* Instructions that a refusal takes at most. */
#define SWEEP_REFUSAL 1200u

struct sweep {
	const char *name;               /* of the call and the number            */
	uint64_t call;                  /* PKVM_HC_*, PKVM_GC_*                  */
	unsigned int word;              /* that has the number: PKVM_WORD_*      */
	uint64_t cap;
	/* The call's status; what it costs is count_last(). */
	int64_t (*attempt)(uint64_t number);
	/* Around an attempt within the cap; both must succeed, or are NULL. */
	int64_t (*before)(uint64_t number);
	int64_t (*after)(uint64_t number);
};

/*
 * Up to the cap the call must succeed, past it be refused, as -EINVAL, and cost no
 * more than a refusal; false: it does not.
 */
bool sweep_one(const struct sweep *sweep);
bool sweep_all(const struct sweep *sweeps, unsigned int number);

/* One line of the table: what the last call cost, which is returned. */
uint64_t sweep_row(const char *name, uint64_t number, int64_t status);

/* Pages that a call will take, so that it finds new ones each time. */
uint64_t sweep_fresh(uint64_t pages);
/* What a reclaim list brings back is free again. */
void sweep_reclaim(uint64_t address, uint64_t pages, uint64_t ranges);

/* sweep_boot.c: init with as many regions as there can be; makes the system. */
bool sweep_boot(void);
/* Each of its topic. */
bool sweep_memory(void);
bool sweep_trace(void);
bool sweep_objects(void);
bool sweep_vms(void);
bool sweep_vcpus(void);
bool sweep_guest_calls(void);

/* sweep_words.c: the word has been swept; false: a word that is a number has not. */
void sweep_mark(uint64_t call, unsigned int word);
bool sweep_is_complete(void);

#endif
