import { testExamples } from "../examples.ts";

testExamples("mailgun");
