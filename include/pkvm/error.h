/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief The statuses of errors.inc as constants: PKVM_EPERM is 1, and RAX
 *        holds -PKVM_EPERM.
 */
#ifndef PKVM_ERROR_H
#define PKVM_ERROR_H

#ifdef __ASSEMBLER__

#define PKVM_ERROR(NAME, NUMBER, TEXT) .set PKVM_##NAME, NUMBER;
#include "errors.inc"

#else

#include "env.h"

enum {
#define PKVM_ERROR(NAME, NUMBER, TEXT) PKVM_##NAME = NUMBER,
#include "errors.inc"
};

/** What a call gave back beside its outputs. */
struct pkvm_status {
	int64_t error;    /**< 0 or a negative errno (PKVM_EPERM, ...)        */
	uint64_t refused; /**< on failure the refused input word, 1 to 10, or 0 */
};

/**
 * @brief Name a status.
 *
 * @param[in] status  what pkvm_status.error holds
 * @return    "EPERM" for -1 and so on; "0" for success, NULL if unknown
 * @since ABI 1.0
 */
static inline const char *pkvm_error_name(int64_t status)
{
	switch (status) {
	case 0:
		return "0";
#define PKVM_ERROR(NAME, NUMBER, TEXT) \
	case -NUMBER:                  \
		return #NAME;
#include "errors.inc"
	default:
		return NULL;
	}
}

/**
 * @brief Tell the cause of a status in words.
 *
 * @param[in] status  what pkvm_status.error holds
 * @return    the words of errors.inc; "done" for success, NULL if unknown
 * @since ABI 1.0
 */
static inline const char *pkvm_error_text(int64_t status)
{
	switch (status) {
	case 0:
		return "done";
#define PKVM_ERROR(NAME, NUMBER, TEXT) \
	case -NUMBER:                  \
		return TEXT;
#include "errors.inc"
	default:
		return NULL;
	}
}

#endif
#endif
