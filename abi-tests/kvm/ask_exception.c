/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Asks what saving tells of an exception that waits, in every order of saving,
 * what is refused, and what a payload makes of DR6.
 */
#include "payload.h"

#include <string.h>

static const char *switch_name(bool on)
{
	return on ? "on" : "off";
}

/* Whether the capability can be set, and changed under a vCPU. */
static void ask_capability(const struct opinion *who, struct sheet *sheet)
{
	who->new_vm();
	sheet_add(sheet, "payload.capability.1", "%s", status_name(who->set_payload(1)));
	sheet_add(sheet, "payload.capability.0", "%s", status_name(who->set_payload(0)));
	sheet_add(sheet, "payload.capability.2", "%s", status_name(who->set_payload(2)));
	who->new_vm();
	who->new_vcpu(APIC_XAPIC);
	sheet_add(sheet, "payload.capability.after-vcpu", "%s",
		  status_name(who->set_payload(1)));
}

/* "valid-pending", and so on; "nothing" when no flag is set. */
static const char *flags_name(const struct events *events, char name[32])
{
	snprintf(name, 32, "%s%s%s", events->valid_payload ? "-valid" : "",
		 events->pending ? "-pending" : "", events->injected ? "-injected" : "");
	return name[0] ? name + 1 : "nothing";
}

/* Restoring each shape of event state, and what a save then tells of it. */
static void ask_restored(const struct opinion *who, struct sheet *sheet, unsigned int shape,
			 uint8_t vector)
{
	const bool capability = shape & 1;
	struct events events = {
		.valid_payload = shape & 2,
		.pending = shape & 4,
		.injected = shape & 8,
		.has_error_code = vector == 8 || vector == 13 || vector == 14,
		.has_payload = shape & 4,
		.vector = vector,
		.payload = NEW_CR2,
	};
	char id[SHEET_ID], text[100], name[32];
	int status;

	payload_vcpu(who, capability);
	status = who->set_events(&events);
	snprintf(id, sizeof(id), "payload.restored.%s.%s.%u", switch_name(capability),
		 flags_name(&events, name), vector);
	(void)who->get_events(&events);
	events_text(&events, text, sizeof(text));
	sheet_add(sheet, id, "%s: %s", status_name(status), text);
}

static void ask_all_restored(const struct opinion *who, struct sheet *sheet)
{
	static const uint8_t vectors[] = {0, 1, 2, 3, 4, 8, 13, 14, 18, 31, 32, 255};

	for (unsigned int shape = 0; shape < 16; shape++) {
		for (size_t i = 0; i < sizeof(vectors) && !who->trouble(); i++)
			ask_restored(who, sheet, shape, vectors[i]);
	}
}

/* Debug registers have 32 bits. */
static void ask_debugregs(const struct opinion *who, struct sheet *sheet)
{
	static const struct debugregs regs[] = {
		{0x100000000, OLD_DR7},
		{OLD_DR6, 0x100000400},
		{0xffffffff, OLD_DR7},
		{0, OLD_DR7},
	};
	struct debugregs back;
	char id[SHEET_ID];

	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		int status;

		payload_vcpu(who, true);
		status = who->set_debugregs(&regs[i]);
		(void)who->get_debugregs(&back);
		snprintf(id, sizeof(id), "payload.debugregs.%llx.%llx",
			 (unsigned long long)regs[i].dr6, (unsigned long long)regs[i].dr7);
		sheet_add(sheet, id, "%s, dr6 0x%llx", status_name(status),
			  (unsigned long long)back.dr6);
	}
}

/* All four saves in an order, what each told, and what the guest meets afterwards. */
static void ask_saves(const struct opinion *who, struct sheet *sheet,
		      const struct exception_case *exception, bool capability, unsigned int n)
{
	struct saved saved = {.cr2 = 0};
	char id[SHEET_ID], told[60], out[60], after[60];
	char letters[SAVES + 1] = "";
	enum save order[SAVES];
	int status = payload_pending(who, exception, capability);

	order_of(n, SAVES, order);
	for (unsigned int i = 0; i < SAVES; i++) {
		letters[i] = save_letters[order[i]];
		if (!status)
			status = save_one(who, order[i], &saved);
	}
	snprintf(id, sizeof(id), "payload.save.%s.%s.%s", exception->name,
		 switch_name(capability), letters);
	events_text(&saved.events, told, sizeof(told));
	events_text(&saved.out_events, out, sizeof(out));
	outcome_text(who, after, sizeof(after));
	sheet_add(sheet, id, "%s: s %llx, d %llx, e %s, o %llx %s; %s", status_name(status),
		  (unsigned long long)saved.cr2, (unsigned long long)saved.debugregs.dr6, told,
		  (unsigned long long)saved.out_cr2, out, after);
}

/*
 * What a payload makes of DR6: in the guest's handler, if nobody saved anything;
 * and when event state was saved, which no processor has had a hand in.
 */
static void ask_dr6(const struct opinion *who, struct sheet *sheet, uint32_t dr6,
		    uint32_t payload)
{
	const struct exception_case exception = {"db", 1, false, true, payload};
	struct debugregs debugregs = {dr6, OLD_DR7};
	struct events events;
	char id[SHEET_ID], text[100];
	int status = payload_pending(who, &exception, true);

	if (!status)
		status = who->set_debugregs(&debugregs);
	outcome_text(who, text, sizeof(text));
	snprintf(id, sizeof(id), "payload.dr6.taken.%x.%x", dr6, payload);
	sheet_add(sheet, id, "%s: %s", status_name(status), text);

	status = payload_pending(who, &exception, false);
	if (!status)
		status = who->set_debugregs(&debugregs);
	if (!status)
		status = who->get_events(&events);
	if (!status)
		status = who->get_debugregs(&debugregs);
	snprintf(id, sizeof(id), "payload.dr6.saved.%x.%x", dr6, payload);
	sheet_add(sheet, id, "%s: dr6 0x%llx", status_name(status),
		  (unsigned long long)debugregs.dr6);
}

static void ask_all_dr6(const struct opinion *who, struct sheet *sheet)
{
	static const uint32_t dr6[] = {0xffff0ff0, 0xffff0fff, 0xfffe07f0, 0xffffeff0};
	static const uint32_t payload[] = {0, 0x1, 0xf, 0x800, 0x1000, 0x1002, 0x2000, 0x4000,
					   0x8000, 0x10000, 0x1f80f};

	for (size_t i = 0; i < sizeof(dr6) / sizeof(dr6[0]) && !who->trouble(); i++) {
		for (size_t k = 0; k < sizeof(payload) / sizeof(payload[0]); k++)
			ask_dr6(who, sheet, dr6[i], payload[k]);
	}
}

void ask_exception(const struct opinion *who, unsigned int lacks, struct sheet *sheet)
{
	if (!can_ask(who, lacks, LACKS_PAYLOAD))
		return;
	ask_capability(who, sheet);
	ask_debugregs(who, sheet);
	ask_all_dr6(who, sheet);
	ask_all_restored(who, sheet);
	if (!can_ask(who, lacks, LACKS_COPY_OUT))
		return;
	for (unsigned int n = 0; n < 2 * 2 * 24 && !who->trouble(); n++)
		ask_saves(who, sheet, &payload_cases[n / 24 % 2], n / 48, n % 24);
}
