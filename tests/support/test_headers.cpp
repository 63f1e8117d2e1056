// SPDX-License-Identifier: Apache-2.0
//
// Owns the precompiled headers of the tests. A program without a test.
