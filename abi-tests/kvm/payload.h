/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A vCPU with an exception whose payload waits, and what is saved of it. */
#ifndef PKVM_KVM_PAYLOAD_H
#define PKVM_KVM_PAYLOAD_H

#include "ask.h"

/* CR2 and DR6 before anything, and the payloads of a #PF and of a single step. */
#define OLD_CR2 0x1000u
#define OLD_DR6 0xffff0ff0u
#define OLD_DR7 0x400u
#define NEW_CR2 0xdead000u
#define STEP    0x4000u

struct exception_case {
	const char *name;
	uint8_t vector;
	bool has_error_code;
	bool has_payload;
	uint64_t payload;
};

/* The two that have a payload. */
extern const struct exception_case payload_cases[2];

/* All that is saved, each part in its turn. */
struct saved {
	uint64_t cr2;
	struct debugregs debugregs;
	struct events events;
	uint64_t out_cr2;
	struct events out_events;
};

/* The parts' letters in names: s, d, e, o. */
enum save { SAVE_SREGS, SAVE_DEBUGREGS, SAVE_EVENTS, SAVE_COPY_OUT, SAVES };
extern const char save_letters[SAVES + 1];

/* A new VM whose vCPU has the old values, and nothing waits. */
void payload_vcpu(const struct opinion *who, bool capability);
/*
 * And with that exception pending. It gets there by event-state restore, which
 * takes the capability; without it is what is left when it is taken away again.
 */
int payload_pending(const struct opinion *who, const struct exception_case *exception,
		    bool capability);

int save_one(const struct opinion *who, enum save what, struct saved *saved);
/* The n-th order of so many things, of n!. */
void order_of(unsigned int n, unsigned int things, enum save order[SAVES]);

/* "14 pending code 0x2 payload 0xdead000" */
void events_text(const struct events *events, char *text, size_t size);
/* Runs the guest, and tells what it meets. */
void outcome_text(const struct opinion *who, char *text, size_t size);

#endif
