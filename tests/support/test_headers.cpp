// SPDX-License-Identifier: Apache-2.0
//
// Owns the precompiled headers: of the tests as a program without a test, of the libraries as an
// object.
