/** React 19 and later: a custom element is an element like any other. Events are `on` and the event's name. */
import { useState } from 'react';
import 'percept/percept-scorer';

export function PhotoField({ model, onScored }) {
  const [problem, setProblem] = useState('');
  const [quality, setQuality] = useState(null);
  return (
    <>
      <percept-scorer
        src={model}
        tasks="quality"
        onscore={({ detail }) => {
          setProblem('');
          setQuality(detail.scores.quality.value);
          onScored?.(detail);
        }}
        onerror={({ detail }) => setProblem(detail.code)}
      />
      <p>{problem || (quality === null ? 'No picture yet' : `Quality ${quality.toFixed(2)}`)}</p>
    </>
  );
}
