/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Fuzzes what `pkvm vmcs explain` does with a log, from its text to the verdict;
 * with FUZZ_FILES it is a program that runs over files instead of libFuzzer's.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/vmcs_verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char verdict[2048];
	struct vmcs_log log;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	vmcs_text_clean(text, size);
	if (vmcs_log_read(&log, text)) {
		if (log.dumps) {
			vmcs_verdict_text(&log.dump[0], verdict, sizeof(verdict));
			if (!strlen(verdict) || !log.dump[0].fields)
				abort();
		}
		vmcs_log_free(&log);
	}
	free(text);
	return 0;
}

#ifdef FUZZ_FILES
static int run(const char *path)
{
	static uint8_t data[1 << 20];
	FILE *file = fopen(path, "rb");
	size_t size;

	if (!file) {
		perror(path);
		return EXIT_FAILURE;
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	/* Cut off everywhere, as logs are. */
	for (size_t cut = 0; cut < size; cut += size / 50 + 1)
		LLVMFuzzerTestOneInput(data, cut);
	LLVMFuzzerTestOneInput(data, size);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	for (int i = 1; i < argc; i++)
		status |= run(argv[i]);
	return argc > 1 ? status : EXIT_FAILURE;
}
#endif
