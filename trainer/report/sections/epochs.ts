/** The course of training: one picture each for recall@1, loss, α and the learning rate, over the same epochs. */

import { type Html, html } from '../../../retrieval/report/html.ts';
import { count } from '../../../retrieval/report/words.ts';
import { alphaChart, learningRateChart, lossChart, PROTOCOL_COLOURS, recallChart } from '../epoch-charts.ts';
import type { ProtocolFigures } from '../protocol-figures.ts';
import { CLASSES } from '../protocol-words.ts';
import type { RunReport } from '../run-report.ts';

/** Undefined for a run without epochs. */
export function epochs(report: RunReport, protocols: readonly ProtocolFigures[]): Html | undefined {
  if (report.history.length === 0) return undefined;
  const frozen = Object.fromEntries(
    protocols.flatMap(({ judged, untrained }) => (untrained ? [[judged.protocol, untrained.recallAt1]] : [])),
  );
  const recall = recallChart(report, frozen);
  const loss = lossChart(report);
  return html`<section id="training" aria-labelledby="training-title"><h2 id="training-title">Training</h2>
<p class="intro">${sentence(report)}</p>
<div class="charts">
${recall && figure('Recall@1', 'on held-out images', recall, key(protocols))}
${loss && figure('Loss', 'mean over the steps of an epoch', loss)}
${figure('α', 'one over the temperature', alphaChart(report))}
${figure('Learning rate', 'of the head', learningRateChart(report))}
</div></section>`;
}

function sentence({ history, keptEpoch, heatUpEpoch }: RunReport): string {
  const last = history[history.length - 1].epoch;
  const heated =
    heatUpEpoch !== undefined && heatUpEpoch < last ? ` It was heated up after epoch ${heatUpEpoch}.` : '';
  const kept =
    keptEpoch === 0 ? 'The start was kept: no epoch was better.' : `The model is that of epoch ${keptEpoch}.`;
  return `The run went on for ${count(last, 'epoch')}.${heated} ${kept}`;
}

function figure(title: string, note: string, chart: Html, legend?: Html): Html {
  return html`<figure><figcaption><strong>${title}</strong> ${note}${legend}</figcaption>${chart}</figure>`;
}

/** Which line is which; a dashed one is the frozen backbone's in the same colour. */
function key(protocols: readonly ProtocolFigures[]): Html {
  const items = protocols.map(
    ({ judged: { protocol } }) =>
      html`<li><span class="stroke" style="color: ${PROTOCOL_COLOURS[protocol]}"></span>${CLASSES[protocol].toLowerCase()}</li>`,
  );
  const hasFrozen = protocols.some(({ untrained }) => untrained);
  return html`<ul class="key">${items}${hasFrozen && html`<li><span class="stroke dashed"></span>frozen backbone</li>`}</ul>`;
}
