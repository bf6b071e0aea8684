/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Finds the command's own files, from where the command lies: an installation may be
 * moved, and holds although the trees are gone.
 */
#define _GNU_SOURCE 1 /* readlink(), realpath() */

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "place.h"

/* False: the command is not an installed one. */
static bool find_share(char share[PATH_MAX])
{
	char command[PATH_MAX], path[PATH_MAX + sizeof(PKVM_SHARE)];
	const ssize_t length = readlink("/proc/self/exe", command, sizeof(command) - 1);

	if (length <= 0)
		return false;
	command[length] = '\0';
	*strrchr(command, '/') = '\0';
	snprintf(path, sizeof(path), "%s/%s", command, PKVM_SHARE);
	return realpath(path, share);
}

static const char *place(char path[PATH_MAX], const char *name, const char *built)
{
	char share[PATH_MAX];
	int written;

	if (!find_share(share))
		return built;
	written = snprintf(path, PATH_MAX, "%s/%s", share, name);
	return written < PATH_MAX ? path : built;
}

const char *place_image(void)
{
	static char path[PATH_MAX];

	return place(path, "player.rom", PKVM_IMAGE);
}

const char *place_run_image(void)
{
	static char path[PATH_MAX];

	return place(path, "run.sh", PKVM_RUN_IMAGE);
}

const char *place_differences(void)
{
	static char path[PATH_MAX];

	return place(path, "vmx-differences.txt", PKVM_DIFFERENCES);
}
