/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Makes an exception wait, saves what touches it, and lets the guest take it. */
#include "payload.h"

#include <string.h>

const struct exception_case payload_cases[2] = {
	{.name = "pf",
	 .vector = 14,
	 .has_error_code = true,
	 .has_payload = true,
	 .payload = NEW_CR2},
	{.name = "db", .vector = 1, .has_payload = true, .payload = STEP},
};

const char save_letters[SAVES + 1] = "sdeo";

void payload_vcpu(const struct opinion *who, bool capability)
{
	const struct debugregs debugregs = {OLD_DR6, OLD_DR7};

	who->new_vm();
	if (capability)
		(void)who->set_payload(1);
	who->new_vcpu(APIC_XAPIC);
	guest_idle(who);
	(void)who->set_cr2(OLD_CR2);
	(void)who->set_debugregs(&debugregs);
}

int payload_pending(const struct opinion *who, const struct exception_case *exception,
		    bool capability)
{
	const struct events events = {
		.valid_payload = true,
		.pending = true,
		.has_error_code = exception->has_error_code,
		.has_payload = exception->has_payload,
		.vector = exception->vector,
		.error_code = exception->has_error_code ? 2 : 0,
		.payload = exception->payload,
	};
	int error;

	payload_vcpu(who, true);
	error = who->set_events(&events);
	if (!capability)
		who->drop_payload();
	return error;
}

int save_one(const struct opinion *who, enum save what, struct saved *saved)
{
	switch (what) {
	case SAVE_SREGS:
		return who->get_cr2(&saved->cr2);
	case SAVE_DEBUGREGS:
		return who->get_debugregs(&saved->debugregs);
	case SAVE_EVENTS:
		return who->get_events(&saved->events);
	default:
		return who->copy_out(&saved->out_cr2, &saved->out_events);
	}
}

void order_of(unsigned int n, unsigned int things, enum save order[SAVES])
{
	enum save left[SAVES] = {SAVE_SREGS, SAVE_DEBUGREGS, SAVE_EVENTS, SAVE_COPY_OUT};

	for (unsigned int i = 0; i < things; i++) {
		const unsigned int pick = n % (things - i);

		n /= things - i;
		order[i] = left[pick];
		for (unsigned int k = pick; k + 1 < things; k++)
			left[k] = left[k + 1];
	}
}

/* Of what is told, the payload flag says whether three fields are valid. */
void events_text(const struct events *events, char *text, size_t size)
{
	const bool valid = events->valid_payload;
	char code[24] = "", payload[32] = "";

	if (events->has_error_code)
		snprintf(code, sizeof(code), " code 0x%x", events->error_code);
	if (valid && events->has_payload)
		snprintf(payload, sizeof(payload), " payload 0x%llx",
			 (unsigned long long)events->payload);
	snprintf(text, size, "%u%s%s%s%s", events->vector, events->injected ? " injected" : "",
		 valid && events->pending ? " pending" : "", code, payload);
}

void outcome_text(const struct opinion *who, char *text, size_t size)
{
	struct debugregs debugregs = {0, 0};
	const struct ran ran = who->run();
	uint64_t cr2 = 0;
	char took[32] = "nothing";

	(void)who->get_cr2(&cr2);
	(void)who->get_debugregs(&debugregs);
	if (ran.port >= PORT_EXCEPTION && ran.port < PORT_EXCEPTION + EXCEPTIONS)
		snprintf(took, sizeof(took), "vector %d", ran.port - PORT_EXCEPTION);
	else if (ran.port != PORT_END)
		snprintf(took, sizeof(took), "port %d", ran.port);
	snprintf(text, size, "guest takes %s, cr2 0x%llx, dr6 0x%llx", took,
		 (unsigned long long)cr2, (unsigned long long)debugregs.dr6);
}
