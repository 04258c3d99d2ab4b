// Faults belong into tests: an application that imports them in production is told so, once.
if (process.env.NODE_ENV === 'production') {
  process.emitWarning(
    '@resilient/testing injects faults and is meant for tests: it was imported with NODE_ENV=production.',
    {
      code: 'RESILIENT_TESTING_IN_PRODUCTION',
    },
  );
}
