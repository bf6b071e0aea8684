/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief The bits of features.inc as constants: PKVM_FEAT_trace and
 *        PKVM_CAP_apicv are masks of one bit.
 */
#ifndef PKVM_FEATURE_H
#define PKVM_FEATURE_H

#ifdef __ASSEMBLER__

#define PKVM_HOST_FEATURE(NAME, BIT, SINCE, TEXT)  .set PKVM_FEAT_##NAME, 1 << BIT;
#define PKVM_GUEST_FEATURE(NAME, BIT, SINCE, TEXT) .set PKVM_FEAT_##NAME, 1 << BIT;
#define PKVM_CAPABILITY(NAME, BIT, SINCE, TEXT)    .set PKVM_CAP_##NAME, 1 << BIT;
#include "features.inc"

#else

#include "abi.h"

/* Bits stay below 31 as long as C++ and pedantic C keep enumerators in int. */
enum {
#define PKVM_HOST_FEATURE(NAME, BIT, SINCE, TEXT)  PKVM_FEAT_##NAME = 1 << BIT,
#define PKVM_GUEST_FEATURE(NAME, BIT, SINCE, TEXT) PKVM_FEAT_##NAME = 1 << BIT,
#define PKVM_CAPABILITY(NAME, BIT, SINCE, TEXT)    PKVM_CAP_##NAME = 1 << BIT,
#include "features.inc"
};

#endif
#endif
