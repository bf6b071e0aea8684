/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* From the host's program to libc and main(): the command line of the archive. */
#include "../common/x86.h"
#include "../host/host.h"
#include "player.h"

#define MOST_WORDS 16u

int main(int argc, char **argv);

/* Of libc: runs main() and exits with what it returns. */
int __libc_start_main(int (*program)(int, char **), int argc, char **argv,
		      void (*init)(void), void (*fini)(void), void (*loader)(void));

/*
 * What a kernel leaves on the stack: arguments, an empty environment, an empty
 * auxiliary vector. Neither TLS nor randomness is needed here.
 */
static uint64_t block[MOST_WORDS + 4];

static int read_words(void)
{
	const char *text = NULL;
	size_t size = 0;
	int n = 0;

	if (!player_file(PLAYER_COMMAND, &text, &size))
		return 0;
	for (size_t at = 0; at < size && n < (int)MOST_WORDS; n++) {
		block[n] = (uintptr_t)(text + at);
		while (at < size && text[at])
			at++;
		at++;
	}
	return n;
}

bool host_main(unsigned int cpu)
{
	int words;

	player_cpu_init();
	if (cpu)
		player_sleep();
	x86_out8(BOOT_CONSOLE_PORT, PLAYER_BEGIN);
	words = read_words();
	if (!words) {
		host_print("the image has no command: pkvm run --engine vmx puts one into it",
			   "", "");
		return false;
	}
	return !__libc_start_main(main, words, (char **)block, NULL, NULL, NULL);
}
