/** A second process of a test: says which Node it is and where it found our package. */
import process from 'node:process';

process.send?.({ version: process.version, testing: import.meta.resolve('@resilient/testing') });
