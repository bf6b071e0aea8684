/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Names the running kernel, says what it lacks, and asks it the rest. */
#include "running.h"

#include <dirent.h>
#include <string.h>
#include <sys/utsname.h>
#include "ask.h"

/* The part of KVM that runs guests here: kvm_intel, kvm_amd, ... */
static void name_kernel(struct sheet *sheet)
{
	struct utsname name;
	struct dirent *entry;
	DIR *modules = opendir("/sys/module");

	uname(&name);
	snprintf(sheet->kernel, sizeof(sheet->kernel), "%.63s", name.release);
	snprintf(sheet->module, sizeof(sheet->module), "kvm");
	while (modules && (entry = readdir(modules))) {
		if (!strncmp(entry->d_name, "kvm_", 4))
			snprintf(sheet->module, sizeof(sheet->module), "%.63s", entry->d_name);
	}
	if (modules)
		closedir(modules);
}

static void say_lacks(unsigned int lacks)
{
	static const struct {
		unsigned int lacks;
		const char *what;
	} rows[] = {
		{LACKS_PAYLOAD, "KVM_CAP_EXCEPTION_PAYLOAD: payloads are"},
		{LACKS_SUPPRESS_EOI,
		 "flags 0x4 and 0x8 of KVM_CAP_X2APIC_API: their modes are"},
		{LACKS_SPLIT, "KVM_CAP_SPLIT_IRQCHIP: x2APIC flags and local APICs are"},
		{LACKS_COPY_OUT,
		 "KVM_CAP_SYNC_REGS or KVM_CAP_IMMEDIATE_EXIT: orders of saving are"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (lacks & rows[i].lacks)
			printf("note: the running kernel has no %s not asked about\n",
			       rows[i].what);
	}
}

bool running_ask(const char *path, struct device *device, struct sheet *sheet)
{
	const char *trouble;

	*device = device_open(path);
	if (device->state != DEVICE_READY) {
		if (device->state == DEVICE_BROKEN)
			fprintf(stderr, "error: %s\n", device->why);
		return device->state != DEVICE_BROKEN;
	}
	name_kernel(sheet);
	say_lacks(device->lacks);
	ask_all(device_opinion(), device->lacks, sheet);
	trouble = device_opinion()->trouble();
	if (trouble)
		fprintf(stderr, "error: %s: %s\n", path, trouble);
	device_close();
	return !trouble;
}
