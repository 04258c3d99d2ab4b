/** A question with one right choice. */
export interface Question {
  readonly id: string;
  readonly topic: string;
  readonly text: string;
  readonly choices: readonly [string, string, string];
  /** Index of the right choice. */
  readonly right: 0 | 1 | 2;
}

/** The questions of the quiz, in order. */
export const questions: readonly Question[] = [
  { id: 'seven-eights', topic: 'Arithmetic', text: 'What is 7 × 8?', choices: ['54', '56', '63'], right: 1 },
  {
    id: 'half-of',
    topic: 'Fractions',
    text: 'What is a half of 3/4?',
    choices: ['3/8', '1/4', '2/3'],
    right: 0,
  },
  {
    id: 'water',
    topic: 'Science',
    text: 'What is water vapour?',
    choices: ['A liquid', 'A solid', 'A gas'],
    right: 2,
  },
  {
    id: 'angles',
    topic: 'Geometry',
    text: 'How many degrees have the angles of a triangle together?',
    choices: ['90', '180', '360'],
    right: 1,
  },
  {
    id: 'planet',
    topic: 'Science',
    text: 'Which planet is nearest to the sun?',
    choices: ['Mercury', 'Venus', 'Mars'],
    right: 0,
  },
  {
    id: 'verb',
    topic: 'Language',
    text: 'Which of these words is a verb?',
    choices: ['river', 'quickly', 'sing'],
    right: 2,
  },
];

/** The question with an id. */
export function questionOf(id: string): Question | undefined {
  return questions.find((question) => question.id === id);
}

/** The question after so many answers: they come round again. */
export function questionAfter(answers: number): Question {
  return questions[answers % questions.length] as Question;
}
