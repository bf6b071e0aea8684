/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What all questions use. */
#define _GNU_SOURCE /* strerrorname_np() */
#include "ask.h"

#include <string.h>

const char *const chip_names[CHIPS] = {"none", "kernel", "split"};

const char *status_name(int status)
{
	const char *name = status < 0 ? strerrorname_np(-status) : NULL;

	if (name)
		return name;
	return status ? "positive" : "ok";
}

bool can_ask(const struct opinion *who, unsigned int lacks, unsigned int needed)
{
	return !who->trouble() && !(lacks & needed);
}

void ask_all(const struct opinion *who, unsigned int lacks, struct sheet *sheet)
{
	sheet->lacks = lacks;
	ask_x2apic(who, lacks, sheet);
	ask_lapic(who, lacks, sheet);
	ask_exception(who, lacks, sheet);
	ask_restore(who, lacks, sheet);
}

bool ask_model(unsigned int lacks, struct sheet *sheet)
{
	const struct opinion *model = model_opinion();

	model->new_vm();
	if (!model->trouble())
		ask_all(model, lacks, sheet);
	if (model->trouble())
		fprintf(stderr, "error: the model: %s\n", model->trouble());
	return !model->trouble();
}
