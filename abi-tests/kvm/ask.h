/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How the questions are asked: names of what they are about, words for answers. */
#ifndef PKVM_KVM_ASK_H
#define PKVM_KVM_ASK_H

#include "guest.h"
#include "sheet.h"

/* In the order of enum chip. */
extern const char *const chip_names[CHIPS];

/* "ok", or the errno's name. */
const char *status_name(int status);

/* Whether a question that needs these can be asked and answered. */
bool can_ask(const struct opinion *who, unsigned int lacks, unsigned int needed);

/* ask_*.c: each adds its answers; those that need what is lacking are left out. */
void ask_x2apic(const struct opinion *who, unsigned int lacks, struct sheet *sheet);
void ask_lapic(const struct opinion *who, unsigned int lacks, struct sheet *sheet);
void ask_exception(const struct opinion *who, unsigned int lacks, struct sheet *sheet);
void ask_restore(const struct opinion *who, unsigned int lacks, struct sheet *sheet);

/* All of them; the second asks the model. False: its trouble is on stderr. */
void ask_all(const struct opinion *who, unsigned int lacks, struct sheet *sheet);
bool ask_model(unsigned int lacks, struct sheet *sheet);

#endif
