/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Writes down what the running kernel answers, or prints what the model does. */
#include "command.h"

#include <errno.h>
#include <string.h>
#include "ask.h"
#include "running.h"

int command_record(const struct options *options)
{
	struct sheet sheet = {.line = NULL};
	struct device device;
	char path[4096];
	FILE *file;

	if (!running_ask(options->device, &device, &sheet))
		return 1;
	if (device.state != DEVICE_READY) {
		fprintf(stderr, "error: %s\n", device.why);
		return 1;
	}
	snprintf(path, sizeof(path), "%s/%s.txt", options->answers, sheet.kernel);
	file = fopen(path, "w");
	if (!file) {
		fprintf(stderr, "error: %s: %s\n", path, strerror(errno));
		return 1;
	}
	sheet_write(&sheet, file);
	printf("%zu answers of %s, %s\n", sheet.count, sheet.kernel, sheet.module);
	sheet_free(&sheet);
	return fclose(file) ? 1 : 0;
}

int command_model(void)
{
	struct sheet sheet = {.kernel = "none", .module = "model"};
	const bool asked = ask_model(0, &sheet);

	if (asked)
		sheet_write(&sheet, stdout);
	sheet_free(&sheet);
	return !asked;
}
