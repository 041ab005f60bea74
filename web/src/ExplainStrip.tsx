import { useEffect, useId, useState } from 'react';
import { createPortal } from 'react-dom';
import { pick, useGraphiQL } from '@graphiql/react';
import { useAccess } from './access';
import { explainWhileTyping, UNKNOWN, type Explained, type Explanation } from './explanation';

/** Rounded as the gateway's own messages are. */
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0, roundingMode: 'halfEven' });

/** At the foot of the query editor: what the operation under the cursor would cost, before anything runs. */
export function ExplainStrip() {
  const { queryEditor, variableEditor, activeTabIndex } = useGraphiQL(
    pick('queryEditor', 'variableEditor', 'activeTabIndex'),
  );
  const { token, state } = useAccess();
  const [explained, setExplained] = useState<Explained>(UNKNOWN);
  const asking = state === 'refused' ? null : token;

  useEffect(() => {
    setExplained(UNKNOWN); // what was said of another tab's operation says nothing of this one's
    if (!queryEditor || asking === null) return;
    return explainWhileTyping(queryEditor, variableEditor, asking, (change) =>
      setExplained((known) => ({ ...known, ...change })),
    );
  }, [queryEditor, variableEditor, activeTabIndex, asking]);

  const place = queryEditor?.getContainerDomNode().closest('.graphiql-query-editor');
  return place && asking !== null ? createPortal(<Strip {...explained} />, place) : null;
}

function Strip({ explanation, refusal, isMutation, isPresent }: Explained) {
  const message = explanation?.refused?.message ?? refusal;
  return (
    <section className="explain" aria-label="What it would cost" data-present={isPresent} data-refused={message !== null}>
      {explanation && <Figures explanation={explanation} />}
      {/* Said aloud when it changes; the figures are not, they change with every word. */}
      <div role="status" className="explain-refusal">
        {message !== null && (
          <>
            <strong>Would be refused.</strong> {message}
          </>
        )}
      </div>
      {!explanation && message === null && (
        <p>
          {isMutation
            ? 'A mutation is not sent before you run it: its cost is not told here.'
            : 'What an operation costs stands here while you write it.'}
        </p>
      )}
    </section>
  );
}

function Figures({ explanation }: { explanation: Explanation }) {
  const { cost, limit, estimatedMs, reads } = explanation;
  const [isOpen, setOpen] = useState(false);
  const panel = useId();
  return (
    <>
      <div className="explain-figures">
        <span>
          Cost <b>{whole.format(cost)}</b>
          {limit !== null && ` of ${whole.format(limit)}`}
        </span>
        {limit !== null && <meter aria-hidden="true" min={0} max={limit} value={Math.min(cost, limit)} />}
        <span title="Estimated, on an idle gateway">{spoken(estimatedMs)}</span>
        <span className="space" />
        <button type="button" aria-expanded={isOpen} aria-controls={panel} onClick={() => setOpen(!isOpen)}>
          {reads.length === 1 ? '1 read' : `${reads.length} reads`}
        </button>
      </div>
      <div id={panel} hidden={!isOpen} className="explain-reads" role="region" aria-label="What would be read" tabIndex={0}>
        <Reads explanation={explanation} />
      </div>
    </>
  );
}

function Reads({ explanation: { reads, budget } }: { explanation: Explanation }) {
  return (
    <>
      {reads.length > 0 ? (
        <table>
          <thead>
            <tr>
              <th scope="col">Path</th>
              <th scope="col">Source</th>
              <th scope="col">Cost</th>
            </tr>
          </thead>
          <tbody>
            {reads.map(({ path, source, reference, cost }, index) => (
              <tr key={index}>
                <td>{path}</td>
                <td title={reference ?? undefined}>{source ?? reference}</td>
                <td>{whole.format(cost)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p>Nothing but what the gateway knows anyway.</p>
      )}
      {budget != null && budget.remaining !== null && (
        <p>
          This token may spend {whole.format(budget.remaining)} units now
          {budget.limit != null && `, and ${whole.format(budget.limit)} a minute`}.
        </p>
      )}
    </>
  );
}

const spoken = (ms: number): string =>
  ms < 1 ? 'under 1 ms' : ms < 1000 ? `about ${whole.format(ms)} ms` : `about ${(ms / 1000).toFixed(1)} s`;
