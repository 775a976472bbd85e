/** Some of what `make fuzz` tries for as long as one likes: hostile models, lying servers, calls in any order. The same each time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tryCalls } from '../fuzz/calls.mjs';
import { tryModels } from '../fuzz/models.mjs';
import { tryServers } from '../fuzz/servers.mjs';
import { tryTraits } from '../fuzz/traits.mjs';

const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);

test('hostile models are refused with a code or compute numbers, and a good one gives the same bits afterwards', async (context) => {
  const { scored, refused } = await tryModels({ seed: 1, goesOn: (tried) => tried < 120 });
  context.diagnostic(JSON.stringify({ scored, refused }));
  assert.ok(scored > 2 && refused['manifest-invalid'] > 20 && refused['weights-invalid'] > 10 && refused['not-finite'] > 2);
});

test('hostile trait files are refused with a code or give numbers, and a good one gives the same bits afterwards', async (context) => {
  const outcomes = await tryTraits({ seed: 1, goesOn: (tried) => tried < 150 });
  context.diagnostic(JSON.stringify(outcomes));
  assert.ok(outcomes.scored > 5 && outcomes['trait-invalid'] > 50 && sum(outcomes) === 150);
});

test('lying servers lead to the right bits or to a code', async (context) => {
  const { scored, refused, lies } = await tryServers({ seed: 1, goesOn: (tried) => tried < 60 });
  context.diagnostic(JSON.stringify({ scored, refused, lies }));
  assert.ok(scored > 20 && sum(refused) > 5 && lies > 60);
});

test('calls in any order, cancelled, killed and disposed of, end as they should', async (context) => {
  const { calls, outcomes } = await tryCalls({ seed: 1, goesOn: (episodes) => episodes < 8 });
  context.diagnostic(JSON.stringify(outcomes));
  assert.ok(calls > 100 && outcomes.result > 10 && outcomes.aborted > 20);
});
