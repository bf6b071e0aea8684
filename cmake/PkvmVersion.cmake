# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Reads the version from include/pkvm/abi.h, the one place that states it.
set(PKVM_PATCH 0)

set(abi_header ${CMAKE_CURRENT_SOURCE_DIR}/include/pkvm/abi.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${abi_header})
foreach(part MAJOR MINOR)
	set(pattern "^#define[ \t]+PKVM_ABI_${part}[ \t]+([0-9]+)")
	file(STRINGS ${abi_header} line REGEX "${pattern}")
	if(NOT line MATCHES "${pattern}")
		message(FATAL_ERROR "${abi_header} does not define PKVM_ABI_${part} as a decimal number")
	endif()
	set(PKVM_ABI_${part} ${CMAKE_MATCH_1})
endforeach()

set(PKVM_ABI_VERSION ${PKVM_ABI_MAJOR}.${PKVM_ABI_MINOR})
set(PKVM_VERSION ${PKVM_ABI_VERSION}.${PKVM_PATCH})
