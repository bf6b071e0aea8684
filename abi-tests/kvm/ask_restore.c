/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Asks what a guest meets on another vCPU, when an exception waited while its
 * state was saved in one order and restored in another.
 */
#include "payload.h"

#include <string.h>

#define PARTS  3u /* special registers, debug registers, event state    */
#define ORDERS 6u

static int restore_one(const struct opinion *who, enum save what, const struct saved *saved)
{
	switch (what) {
	case SAVE_SREGS:
		return who->set_cr2(saved->cr2);
	case SAVE_DEBUGREGS:
		return who->set_debugregs(&saved->debugregs);
	default:
		return who->set_events(&saved->events);
	}
}

static void letters_of(const enum save order[SAVES], char letters[PARTS + 1])
{
	for (unsigned int i = 0; i < PARTS; i++)
		letters[i] = save_letters[order[i]];
	letters[PARTS] = '\0';
}

static void ask_move(const struct opinion *who, struct sheet *sheet,
		     const struct exception_case *exception, bool capability, unsigned int n)
{
	enum save from[SAVES], to[SAVES];
	char id[SHEET_ID], text[100], first[PARTS + 1], second[PARTS + 1];
	struct saved saved = {.cr2 = 0};
	int status = payload_pending(who, exception, capability);

	order_of(n % ORDERS, PARTS, from);
	order_of(n / ORDERS, PARTS, to);
	letters_of(from, first);
	letters_of(to, second);
	for (unsigned int i = 0; i < PARTS && !status; i++)
		status = save_one(who, from[i], &saved);
	payload_vcpu(who, capability);
	for (unsigned int i = 0; i < PARTS && !status; i++)
		status = restore_one(who, to[i], &saved);
	outcome_text(who, text, sizeof(text));
	snprintf(id, sizeof(id), "payload.move.%s.%s.%s.%s", exception->name,
		 capability ? "on" : "off", first, second);
	sheet_add(sheet, id, "%s: %s", status_name(status), text);
}

void ask_restore(const struct opinion *who, unsigned int lacks, struct sheet *sheet)
{
	if (!can_ask(who, lacks, LACKS_PAYLOAD))
		return;
	for (unsigned int i = 0; i < 4; i++) {
		for (unsigned int n = 0; n < ORDERS * ORDERS && !who->trouble(); n++)
			ask_move(who, sheet, &payload_cases[i / 2], i % 2, n);
	}
}
